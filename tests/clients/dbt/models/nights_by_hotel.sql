{{ config(materialized='streaming_table', with={'changelog.mode': 'upsert'}) }}
select hotel, sum(nights) as nights from {{ ref('bookings') }} group by hotel
